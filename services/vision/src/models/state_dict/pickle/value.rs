//! What a pickle can be made of.

use std::rc::Rc;

use crate::models::state_dict::element::Element;

/// What a pickle can be made of here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// An integer wider than 64 bits, as little-endian bytes.
    Wide(Rc<[u8]>),
    Text(Rc<str>),
    Tuple(Rc<[Value]>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Global(Global),
    /// A block of numbers beside the pickle.
    Storage {
        key: Rc<str>,
        element: Element,
    },
    Tensor(View),
}

/// A tensor: which numbers of a storage it consists of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) storage: Rc<str>,
    pub(crate) element: Element,
    /// Its first number.
    pub(crate) offset: usize,
    /// Sizes, outermost first.
    pub(crate) shape: Vec<usize>,
    /// Numbers from one index of a dimension to the next.
    pub(crate) strides: Vec<usize>,
}

/// The only globals that may be named.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    StorageOf(Element),
}
