#!/usr/bin/env bash
# A Slurm of one machine, for checks: `slurm.sh up DIR`, then `export SLURM_CONF=DIR/slurm.conf`; `slurm.sh down DIR`.
# `slurm.sh start|stop DIR munged|slurmctld|slurmd` for one of its daemons. Wants root, and the packages slurmctld, slurmd, slurm-client
# and munge. Nothing outside of DIR is touched; daemons are found by the files with their numbers, never by name.
set -euo pipefail
what=${1:?up, down, start or stop} dir=$(realpath -m "${2:?a folder}")
host=$(hostname -s)

start() {
  case $1 in
  munged) munged --force --num-threads=2 --key-file="$dir/munge.key" --socket="$dir/run/munge.sock" \
    --pid-file="$dir/run/munged.pid" --log-file="$dir/log/munged.log" --seed-file="$dir/run/munged.seed" ;;
  slurmctld) slurmctld -f "$dir/slurm.conf" ;;
  slurmd) slurmd -N "$host" -f "$dir/slurm.conf" ;;
  esac
}

stop() {
  local pid
  pid=$(cat "$dir/run/$1.pid" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

case $what in
start) start "${3:?which}" ;;
stop) stop "${3:?which}" ;;
down) for daemon in slurmd slurmctld munged; do stop $daemon; done ;;
up)
  mkdir -p "$dir"/{state,spool,log,run}
  chmod 755 "$dir" "$dir/run"
  [ -f "$dir/munge.key" ] || (umask 077 && head -c 1024 /dev/urandom >"$dir/munge.key")
  cat >"$dir/slurm.conf" <<CONF
ClusterName=check
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.sock
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort=${SLURM_PORT:-26817}
SlurmdPort=$((${SLURM_PORT:-26817} + 1))
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=10
MinJobAge=300
MaxArraySize=101
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=4000 State=UNKNOWN
PartitionName=debug Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
  for daemon in munged slurmctld slurmd; do start $daemon; done
  export SLURM_CONF=$dir/slurm.conf
  for _ in $(seq 60); do
    sinfo -h -o %T 2>/dev/null | grep -q idle && exit 0
    sleep 0.5
  done
  sinfo
  exit 1
  ;;
esac
