//! A restricted pickle reader: it builds plain data and nothing else.
//!
//! Pickle is a little program; Python's own reader runs whatever functions it names. This one knows
//! the opcodes and the three globals that a PyTorch state dict consists of, and refuses the rest, so
//! a weight file can never do anything here but describe tensors.

use std::collections::HashMap;
use std::rc::Rc;

/// What a pickle can be made of here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// An integer wider than 64 bits, as little-endian bytes.
    Wide(Vec<u8>),
    Text(Rc<str>),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Global(Global),
    /// A block of numbers that follows the pickle.
    Storage {
        key: Rc<str>,
        element: Element,
        count: usize,
    },
    /// A view of a storage.
    Tensor {
        storage: Rc<str>,
        element: Element,
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    },
}

/// The only globals that may be named.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Global {
    OrderedDict,
    RebuildTensor,
    StorageOf(Element),
}

/// Number type of a storage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Element {
    Float32,
    Int64,
}

impl Element {
    /// Bytes of one number.
    pub(crate) fn size(self) -> usize {
        match self {
            Element::Float32 => 4,
            Element::Int64 => 8,
        }
    }
}

/// Read one pickle from the front of `bytes`; returns it and how many bytes it took. The error says
/// what was refused.
pub(crate) fn read(bytes: &[u8]) -> Result<(Value, usize), String> {
    let mut reader = Reader { bytes, at: 0, stack: vec![], marks: vec![], memo: HashMap::new() };
    let value = reader.run()?;
    Ok((value, reader.at))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<Value, String> {
        loop {
            let opcode = self.take(1)?[0];
            match opcode {
                0x80 => drop(self.take(1)?),
                b'.' => return self.pop(),
                b'(' => self.marks.push(self.stack.len()),
                b'N' => self.stack.push(Value::None),
                0x88 => self.stack.push(Value::Bool(true)),
                0x89 => self.stack.push(Value::Bool(false)),
                b'K' | b'M' | b'J' | 0x8a => self.integer(opcode)?,
                b'X' => self.text()?,
                b')' => self.stack.push(Value::Tuple(vec![])),
                0x85..=0x87 => self.short_tuple(usize::from(opcode - 0x84))?,
                b't' => {
                    let items = self.since_mark()?;
                    self.stack.push(Value::Tuple(items));
                }
                b']' => self.stack.push(Value::List(vec![])),
                b'a' => {
                    let item = self.pop()?;
                    self.list()?.push(item);
                }
                b'e' => {
                    let items = self.since_mark()?;
                    self.list()?.extend(items);
                }
                b'}' => self.stack.push(Value::Dict(vec![])),
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.dict()?.push((key, value));
                }
                b'u' => self.set_items()?,
                b'q' | b'r' => self.remember(opcode)?,
                b'h' | b'j' => self.recall(opcode)?,
                b'c' => self.global()?,
                b'R' => self.reduce()?,
                b'Q' => self.storage()?,
                // A state dict's attributes (its version) say nothing about its tensors.
                b'b' => drop(self.pop()?),
                other => return Err(format!("pickle opcode 0x{other:02x} is not allowed")),
            }
        }
    }

    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or("the pickle ends too early")?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn unsigned(&mut self, bytes: usize) -> Result<u32, String> {
        let taken = self.take(bytes)?;
        Ok(taken.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte)))
    }

    fn pop(&mut self) -> Result<Value, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err("the pickle takes more than it put".into());
        }
        self.stack.pop().ok_or_else(|| "the pickle is empty".into())
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().ok_or("the pickle closes what it did not open")?;
        Ok(self.stack.split_off(mark))
    }

    fn list(&mut self) -> Result<&mut Vec<Value>, String> {
        match self.stack.last_mut() {
            Some(Value::List(items)) => Ok(items),
            _ => Err("the pickle appends to what is no list".into()),
        }
    }

    fn dict(&mut self) -> Result<&mut Vec<(Value, Value)>, String> {
        match self.stack.last_mut() {
            Some(Value::Dict(items)) => Ok(items),
            _ => Err("the pickle sets a key of what is no dict".into()),
        }
    }

    fn set_items(&mut self) -> Result<(), String> {
        let mut items = self.since_mark()?.into_iter();
        let dict = self.dict()?;
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            dict.push((key, value));
        }
        Ok(())
    }

    fn integer(&mut self, opcode: u8) -> Result<(), String> {
        let value = match opcode {
            b'K' => Value::Int(i64::from(self.unsigned(1)?)),
            b'M' => Value::Int(i64::from(self.unsigned(2)?)),
            b'J' => Value::Int(i64::from(self.unsigned(4)? as i32)),
            _ => {
                let size = self.unsigned(1)? as usize;
                let bytes = self.take(size)?;
                if size > 8 {
                    Value::Wide(bytes.to_vec())
                } else {
                    let sign = bytes.last().is_some_and(|&b| b & 0x80 != 0);
                    let mut wide = [if sign { 0xff } else { 0 }; 8];
                    wide[..size].copy_from_slice(bytes);
                    Value::Int(i64::from_le_bytes(wide))
                }
            }
        };
        self.stack.push(value);
        Ok(())
    }

    fn text(&mut self) -> Result<(), String> {
        let size = self.unsigned(4)? as usize;
        let bytes = self.take(size)?;
        let text = std::str::from_utf8(bytes).map_err(|_| "a pickled name is not utf-8")?;
        let text = Value::Text(text.into());
        self.stack.push(text);
        Ok(())
    }

    fn short_tuple(&mut self, size: usize) -> Result<(), String> {
        let mut items = (0..size).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        self.stack.push(Value::Tuple(items));
        Ok(())
    }

    fn remember(&mut self, opcode: u8) -> Result<(), String> {
        let index = self.unsigned(if opcode == b'q' { 1 } else { 4 })?;
        let value = self.stack.last().ok_or("the pickle remembers nothing")?.clone();
        self.memo.insert(index, value);
        Ok(())
    }

    fn recall(&mut self, opcode: u8) -> Result<(), String> {
        let index = self.unsigned(if opcode == b'h' { 1 } else { 4 })?;
        match self.memo.get(&index) {
            // A container may have grown since it was remembered: sharing one is not for weights.
            Some(Value::List(_) | Value::Dict(_)) => Err("a pickle with shared containers".into()),
            Some(value) => {
                self.stack.push(value.clone());
                Ok(())
            }
            None => Err("the pickle recalls what it did not remember".into()),
        }
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&b| b == b'\n').ok_or("the pickle ends too early")?;
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at += end + 1;
        Ok(line)
    }

    fn global(&mut self) -> Result<(), String> {
        let (module, name) = (self.line()?, self.line()?);
        let global = match (module.as_str(), name.as_str()) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch", "FloatStorage") => Global::StorageOf(Element::Float32),
            ("torch", "LongStorage") => Global::StorageOf(Element::Int64),
            _ => return Err(format!("pickle global {module}.{name} is not allowed")),
        };
        self.stack.push(Value::Global(global));
        Ok(())
    }

    fn reduce(&mut self) -> Result<(), String> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Value::Tuple(arguments) = arguments else {
            return Err("the pickle calls without arguments".into());
        };
        let value = match function {
            Value::Global(Global::OrderedDict) if arguments.is_empty() => Value::Dict(vec![]),
            Value::Global(Global::RebuildTensor) => tensor(&arguments)?,
            _ => return Err("the pickle calls something that is not allowed".into()),
        };
        self.stack.push(value);
        Ok(())
    }

    fn storage(&mut self) -> Result<(), String> {
        let value = match self.pop()? {
            Value::Tuple(id) => match id.as_slice() {
                [
                    Value::Text(kind),
                    Value::Global(Global::StorageOf(element)),
                    Value::Text(key),
                    Value::Text(_),
                    Value::Int(count),
                    ..,
                ] if &**kind == "storage" => Value::Storage {
                    key: key.clone(),
                    element: *element,
                    count: usize::try_from(*count).map_err(|_| "a storage of negative size")?,
                },
                _ => return Err("a persistent id that is no storage".into()),
            },
            _ => return Err("a persistent id that is no storage".into()),
        };
        self.stack.push(value);
        Ok(())
    }
}

fn tensor(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [
            Value::Storage { key, element, .. },
            Value::Int(offset),
            Value::Tuple(shape),
            Value::Tuple(strides),
            ..,
        ] => Ok(Value::Tensor {
            storage: key.clone(),
            element: *element,
            offset: usize::try_from(*offset).map_err(|_| "a negative tensor offset")?,
            shape: sizes(shape)?,
            strides: sizes(strides)?,
        }),
        _ => Err("a tensor with arguments of another kind".into()),
    }
}

fn sizes(values: &[Value]) -> Result<Vec<usize>, String> {
    values
        .iter()
        .map(|value| match value {
            Value::Int(size) => usize::try_from(*size).map_err(|_| "a negative size".into()),
            _ => Err("a size that is no number".into()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_data_is_read() {
        // {"a": (1, True), "b": [2]}
        let pickle = b"\x80\x02}q\x00(X\x01\x00\x00\x00aK\x01\x88\x86X\x01\x00\x00\x00b]K\x02au.rest";
        let (value, used) = read(pickle).expect("it is allowed");
        assert_eq!(used, pickle.len() - 4);
        let Value::Dict(items) = value else { panic!("not a dict") };
        assert_eq!(items[0].1, Value::Tuple(vec![Value::Int(1), Value::Bool(true)]));
        assert_eq!(items[1].1, Value::List(vec![Value::Int(2)]));
    }

    #[test]
    fn a_pickle_that_would_run_code_is_refused() {
        let attack = b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.";
        assert_eq!(read(attack), Err("pickle global posix.system is not allowed".into()));
        let build = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.";
        assert!(read(build).is_err());
    }

    #[test]
    fn an_unknown_opcode_and_a_truncated_pickle_are_refused() {
        assert!(read(b"\x80\x02i").expect_err("INST").contains("0x69"));
        assert!(read(b"\x80\x02X\xff\xff\xff\x7fa").is_err());
        assert!(read(b"\x80\x02.").is_err());
        assert!(read(b"\x80\x02t.").is_err());
        assert!(read(b"").is_err());
    }
}
