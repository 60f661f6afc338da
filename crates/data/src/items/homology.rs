use crate::item::{Item, Reads, Source};
use crate::proteins::from_hub;

/// Remote homology of TAPE: proteins and their folds.
pub static HOMOLOGY: Item = Item {
    name: "homology",
    layouts: &[
        &[
            "remote_homology_train.json",
            "remote_homology_valid.json",
            "remote_homology_test_fold_holdout.json",
            "remote_homology_test_superfamily_holdout.json",
            "remote_homology_test_family_holdout.json",
        ],
        &[
            "remote_homology_train.lmdb",
            "remote_homology_valid.lmdb",
            "remote_homology_test_fold_holdout.lmdb",
            "remote_homology_test_superfamily_holdout.lmdb",
            "remote_homology_test_family_holdout.lmdb",
        ],
    ],
    bytes: 2_700_000,
    reads: Reads::Files,
    published: None,
    licence: "none stated (TAPE's code: BSD 3-clause)",
    citation: "R. Rao et al.: Evaluating Protein Transfer Learning with TAPE, 2019; \
               J. Hou et al.: DeepSF, 2018 (labels of SCOP 1.75)",
    // The other copy on the hub, proteinglm/fold_prediction, has the three test sets in one.
    sources: &[Source::Hub {
        owner: "Hauser7733",
        name: "TAPE_Remote_Homology",
        files: &[
            "data/train-00000-of-00001.parquet",
            "data/validation-00000-of-00001.parquet",
            "data/test_fold_holdout-00000-of-00001.parquet",
            "data/test_superfamily_holdout-00000-of-00001.parquet",
            "data/test_family_holdout-00000-of-00001.parquet",
        ],
        convert: from_hub::convert,
    }],
};
