use super::decode::Pickle;
use super::value::Value;
use crate::damage::damaged;

/// `pickle.dumps({"primary": "MKV", "fold_label": -1, "big": 70000, "id": b"d1", "list": [1, (2,)]}, 4)`
const RECORD: &[u8] = b"\x80\x04\x95B\0\0\0\0\0\0\0}\x94(\x8c\x07primary\x94\x8c\x03MKV\x94\
    \x8c\nfold_label\x94J\xff\xff\xff\xff\x8c\x03big\x94Jp\x11\x01\0\x8c\x02id\x94C\x02d1\x94\
    \x8c\x04list\x94]\x94(K\x01K\x02\x85\x94eu.";

#[test]
fn a_record_is_a_dictionary() {
    let record = Pickle::decode(RECORD).unwrap();
    assert_eq!(record.get(record.top, "primary"), Some(Value::Text("MKV")));
    assert_eq!(record.get(record.top, "fold_label"), Some(Value::Int(-1)));
    assert_eq!(record.get(record.top, "big"), Some(Value::Int(70_000)));
    assert_eq!(record.get(record.top, "id"), Some(Value::Bytes(b"d1")));
    let list = record.items(record.get(record.top, "list").unwrap());
    assert_eq!(list[0], Value::Int(1));
    assert_eq!(record.items(list[1]), [Value::Int(2)]);
    assert_eq!(
        (record.get(record.top, "other"), record.top.int()),
        (None, None)
    );
    // Numbers as python writes them: dumps(736), dumps(-736, 2), dumps(2**40).
    for (bytes, number) in [
        (&b"\x80\x04M\xe0\x02."[..], 736),
        (b"\x80\x02J \xfd\xff\xff.", -736),
        (b"\x80\x04\x8a\x06\0\0\0\0\0\x01.", 1 << 40),
    ] {
        assert_eq!(Pickle::decode(bytes).unwrap().top.int(), Some(number));
    }
}

#[test]
fn nothing_is_run() {
    // What `os.system("touch executed")` pickles to.
    let call = b"\x80\x02cposix\nsystem\nq\0X\x0e\0\0\0touch executedq\x01\x85q\x02Rq\x03.";
    let pickle = Pickle::decode(call).unwrap();
    let arguments = pickle.items(pickle.arguments(pickle.top).unwrap());
    assert_eq!(arguments, [Value::Text("touch executed")]);
    assert!(!std::path::Path::new("executed").exists());
}

#[test]
fn states_of_objects_are_kept_and_depth_costs_nothing() {
    let pickle = Pickle::decode(b"\x80\x02cos\nsystem\n(U\x02lstR]b.").unwrap();
    assert_eq!(pickle.items(pickle.state(pickle.top).unwrap()), []);
    let deep = [&b"\x80\x02)"[..], &[0x85; 1_000_000], b"."].concat();
    assert!(Pickle::decode(&deep).is_ok());
    let endless = [&b"\x80\x02"[..], &[b')'; 2 << 20], b"."].concat();
    assert!(
        Pickle::decode(&endless)
            .unwrap_err()
            .contains("more instructions")
    );
}

#[test]
fn errors_say_where() {
    for (bytes, named) in [
        (&RECORD[..40], "an end too early"),
        (b"\x80\x06.", "a protocol"),
        (b"\x80\x04e.", "no mark at byte 3"),
        (b"\x80\x04(0.", "an empty stack"),
        (b"\x80\x04h\x07.", "a reference to nothing"),
        (
            b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
            "an end too early",
        ),
        (b"\x80\x04P1\n.", "no record needs"),
    ] {
        let error = Pickle::decode(bytes).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn damaged_pickles_are_errors_or_values() {
    damaged(RECORD, |bytes| {
        if let Ok(pickle) = Pickle::decode(bytes) {
            let _ = (pickle.get(pickle.top, "primary"), pickle.top.int());
        }
    });
}
