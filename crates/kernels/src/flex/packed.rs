//! Frozen weights stay packed from step to step, and in every model that shares their storage. So do
//! those of a model off any graph, for as long as it is evaluated.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::tensor::Bytes;
use burn_flex::FlexTensor;

use super::panels::Panels;
use super::storage::values;
use super::view::View;

/// Which side of a weight is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// `[in, out]`, for the forward pass.
    Forward,
    /// `[out, in]`, for the gradient of the input.
    Backward,
}

/// Elements of forward sides that are held at most, together: 512 MiB. Beyond that they are packed
/// on the way, which takes a tenth longer and no memory: a body that large should fit a laptop.
const MOST_FORWARD: usize = 1 << 27;

/// Storage, offset in it and sizes of a weight.
type Key = (usize, usize, [usize; 2], Side);

struct Packed {
    /// Of the storage that was packed. As long as it lives nobody can write to it without moving it
    /// elsewhere (it is shared with us), and its address is not given to another.
    storage: Weak<Bytes>,
    panels: Arc<Panels>,
}

static PACKED: Mutex<Option<HashMap<Key, Packed>>> = Mutex::new(None);

/// A contiguous weight `[in, out]`, packed, if it is one that stays so.
pub(crate) fn packed(weight: &FlexTensor, side: Side, frozen: bool) -> Option<Arc<Panels>> {
    let sizes @ [inputs, outputs] = [weight.layout().shape()[0], weight.layout().shape()[1]];
    if !frozen {
        sweep();
        return None;
    }
    let storage = weight.data_arc();
    let address = Arc::as_ptr(&storage) as usize;
    let key = (address, weight.layout().start_offset(), sizes, side);
    // A panic elsewhere leaves whole entries behind.
    let mut packed = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    let packed = packed.get_or_insert_default();
    if let Some(found) = packed.get(&key)
        && found.storage.strong_count() > 0
    {
        return Some(Arc::clone(&found.panels));
    }
    packed.retain(is_alive);
    let forward = packed.keys().filter(|(.., side)| *side == Side::Forward);
    let held: usize = forward
        .map(|(_, _, [inputs, outputs], _)| inputs * outputs)
        .sum();
    if side == Side::Forward && held + inputs * outputs > MOST_FORWARD {
        return None;
    }
    let view = View::rows(values(weight), outputs);
    let panels = Arc::new(match side {
        Side::Forward => Panels::pack(view, sizes),
        Side::Backward => Panels::pack(view.transposed(), [outputs, inputs]),
    });
    let storage = Arc::downgrade(&storage);
    let entry = Packed {
        storage,
        panels: Arc::clone(&panels),
    };
    packed.insert(key, entry);
    Some(panels)
}

/// Drops what belongs to weights that are gone: those of an evaluation, once training goes on.
fn sweep() {
    let mut packed = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(packed) = packed.as_mut() {
        packed.retain(is_alive);
    }
}

fn is_alive(_: &Key, packed: &mut Packed) -> bool {
    packed.storage.strong_count() > 0
}
