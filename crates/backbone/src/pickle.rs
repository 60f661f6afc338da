use crate::found::Found;
use crate::mistaken::{head, mistaken};
use burn_store::{ModuleStore, PytorchStore};
use std::path::Path;

/// The tensors of a file that PyTorch saved, unread. What lies in dictionaries within has the names
/// of the keys that lead to it, with dots between.
///
/// # Errors
/// A sentence on why there are none.
pub(crate) fn tensors(path: &Path) -> Result<Vec<Found>, String> {
    let io = |error: std::io::Error| error.to_string();
    let mut file = files::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let head = head(&mut file).map_err(io)?;
    if let Some(what) = mistaken(&head) {
        return Err(what);
    }
    let size = head.first_chunk().map(|size| u64::from_le_bytes(*size));
    if size.is_some_and(|size| size < length) && head.get(8) == Some(&b'{') {
        let what = "a safetensors file; weights saved so are read as model.safetensors";
        return Err(what.to_owned());
    }
    let mut store = PytorchStore::from_file(path).map_indices_contiguous(false);
    let tensors = store
        .get_all_tensors()
        .map_err(|error| unreadable(length, &error.to_string()))?;
    let found = tensors.values().map(|tensor| Found {
        kind: format!("{:?}", tensor.dtype),
        tensor: tensor.clone(),
    });
    Ok(found.collect())
}

fn unreadable(length: u64, error: &str) -> String {
    // One tensor of such a type stops the whole file, be it a head.
    let way = match error.contains("unsupported Python type") {
        true => {
            "save the model as model.safetensors (`save_pretrained`), of which nothing is read but the body"
        }
        false => {
            "expected a state dict, as `torch.save(model.state_dict(), …)` writes it: get the file again \
             if it was cut off"
        }
    };
    format!("it cannot be read as a file of PyTorch's, of {length} bytes: {error}; {way}")
}
