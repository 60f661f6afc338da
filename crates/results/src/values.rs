/// The cells of a column, top to bottom. Any of them may be empty.
#[derive(Clone, Debug)]
pub enum Values {
    Flags(Vec<Option<bool>>),
    Integers(Vec<Option<u64>>),
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

impl Values {
    /// Rows.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Flags(rows) => rows.len(),
            Self::Integers(rows) => rows.len(),
            Self::Numbers(rows) => rows.len(),
            Self::Texts(rows) => rows.len(),
        }
    }

    /// What messages call the cells.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Flags(_) => bool::KIND,
            Self::Integers(_) => u64::KIND,
            Self::Numbers(_) => f64::KIND,
            Self::Texts(_) => String::KIND,
        }
    }
}

/// Bit for bit: a curve that diverged holds numbers that are not equal to themselves.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        let bits = |cell: &Option<f64>| cell.map(f64::to_bits);
        match (self, other) {
            (Self::Flags(these), Self::Flags(those)) => these == those,
            (Self::Integers(these), Self::Integers(those)) => these == those,
            (Self::Numbers(these), Self::Numbers(those)) => {
                these.iter().map(bits).eq(those.iter().map(bits))
            }
            (Self::Texts(these), Self::Texts(those)) => these == those,
            _ => false,
        }
    }
}

/// What a cell that is not empty holds.
pub(crate) trait Stored: Clone {
    const KIND: &str;

    fn column(cells: Vec<Option<Self>>) -> Values;

    /// The cells of a column of this kind, `None` for another.
    fn cells(values: &Values) -> Option<&[Option<Self>]>;
}

macro_rules! stored {
    ($type:ty, $kind:literal, $variant:ident) => {
        impl Stored for $type {
            const KIND: &str = $kind;

            fn column(cells: Vec<Option<Self>>) -> Values {
                Values::$variant(cells)
            }

            fn cells(values: &Values) -> Option<&[Option<Self>]> {
                match values {
                    Values::$variant(cells) => Some(cells),
                    _ => None,
                }
            }
        }
    };
}

stored!(bool, "bool", Flags);
stored!(u64, "u64", Integers);
stored!(f64, "f64", Numbers);
stored!(String, "str", Texts);

/// What a row holds, on its way into a cell and back.
pub(crate) trait Value: Sized {
    type Cell: Stored;

    fn into_cell(self) -> Option<Self::Cell>;

    /// `None` where the cell must not be empty and is.
    fn from_cell(cell: Option<Self::Cell>) -> Option<Self>;
}

impl<T: Stored> Value for T {
    type Cell = T;

    fn into_cell(self) -> Option<T> {
        Some(self)
    }

    fn from_cell(cell: Option<T>) -> Option<T> {
        cell
    }
}

impl Value for usize {
    type Cell = u64;

    fn into_cell(self) -> Option<u64> {
        Some(self as u64)
    }

    fn from_cell(cell: Option<u64>) -> Option<usize> {
        cell.map(|cell| usize::try_from(cell).unwrap_or(usize::MAX))
    }
}

impl<T: Value> Value for Option<T> {
    type Cell = T::Cell;

    fn into_cell(self) -> Option<T::Cell> {
        self.and_then(T::into_cell)
    }

    fn from_cell(cell: Option<T::Cell>) -> Option<Option<T>> {
        Some(cell.and_then(|cell| T::from_cell(Some(cell))))
    }
}
