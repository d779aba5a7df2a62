//! A restricted pickle reader: it builds plain data and nothing else.
//!
//! Pickle is a little program; Python's own reader runs whatever functions it names. This one knows
//! the opcodes and the few globals that a PyTorch state dict consists of, and refuses the rest, so
//! a weight file can never do anything here but describe tensors.

mod value;

use std::collections::HashMap;

use self::value::Global;
pub(crate) use self::value::{Value, View};
use super::element::Element;

/// Bytes a pickle may have: a state dict's takes a few hundred a tensor.
const LONGEST: usize = 2 << 20;
/// Containers that may lie in one another; a state dict's attributes need four.
const DEEPEST: u8 = 8;
/// Values that may be remembered: a state dict remembers a few for each tensor.
const MOST_REMEMBERED: usize = 1 << 17;
/// Dimensions a tensor may have.
const MOST_DIMENSIONS: usize = 8;

/// Read one pickle from the front of `bytes`; returns it and how many bytes it took. The error says
/// what was refused.
///
/// Whatever the bytes, this takes memory in proportion to [`LONGEST`]: what is recalled is shared, not
/// copied, and nothing nests deeper than [`DEEPEST`].
pub(crate) fn read(bytes: &[u8]) -> Result<(Value, usize), String> {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let mut reader = Reader { bytes, at: 0, stack: vec![], marks: vec![], memo: HashMap::new() };
    let value = reader.run()?;
    Ok((value, reader.at))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Held>,
    marks: Vec<usize>,
    /// What was remembered; of a list or dict, which goes on growing, only that it was.
    memo: HashMap<u32, Option<Held>>,
}

/// A value and the containers that lie in one another inside it: 0 of a plain one.
#[derive(Clone)]
struct Held {
    value: Value,
    depth: u8,
}

impl Held {
    /// One container deeper than what it is to hold.
    fn around(items: &[Held]) -> Result<u8, String> {
        let deepest = items.iter().map(|item| item.depth).max().unwrap_or(0);
        if deepest >= DEEPEST {
            return Err(format!("the pickle nests deeper than {DEEPEST} containers"));
        }
        Ok(deepest + 1)
    }
}

impl Reader<'_> {
    fn run(&mut self) -> Result<Value, String> {
        loop {
            let opcode = self.take(1)?[0];
            match opcode {
                0x80 => drop(self.take(1)?),
                // A frame's length, for readers that read ahead.
                0x95 => drop(self.take(8)?),
                b'.' => return self.pop_value(),
                b'(' => self.marks.push(self.stack.len()),
                b'N' => self.push(Value::None),
                0x88 => self.push(Value::Bool(true)),
                0x89 => self.push(Value::Bool(false)),
                b'K' | b'M' | b'J' | 0x8a => self.integer(opcode)?,
                b'G' => self.float()?,
                b'X' => self.text(4)?,
                0x8c => self.text(1)?,
                b')' => self.push(Value::Tuple([].into())),
                0x85..=0x87 => self.short_tuple(usize::from(opcode - 0x84))?,
                b't' => {
                    let items = self.since_mark()?;
                    self.tuple(items)?;
                }
                b']' => self.push(Value::List(vec![])),
                b'a' => {
                    let item = self.pop()?;
                    self.append(vec![item])?;
                }
                b'e' => {
                    let items = self.since_mark()?;
                    self.append(items)?;
                }
                b'}' => self.push(Value::Dict(vec![])),
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.set_items(vec![key, value])?;
                }
                b'u' => {
                    let items = self.since_mark()?;
                    self.set_items(items)?;
                }
                b'q' => {
                    let index = self.unsigned(1)?;
                    self.remember(index)?;
                }
                b'r' => {
                    let index = self.unsigned(4)?;
                    self.remember(index)?;
                }
                0x94 => self.remember(self.memo.len() as u32)?,
                b'h' | b'j' => self.recall(opcode)?,
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.global(&module, &name)?;
                }
                0x93 => {
                    let (name, module) = (self.pop_value()?, self.pop_value()?);
                    let (Value::Text(module), Value::Text(name)) = (module, name) else {
                        return Err("the pickle names what is no text".into());
                    };
                    self.global(&module, &name)?;
                }
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
        let end = end.ok_or_else(|| self.too_short())?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn too_short(&self) -> String {
        if self.bytes.len() == LONGEST {
            format!("the pickle is longer than {LONGEST} bytes")
        } else {
            "the pickle ends too early".into()
        }
    }

    fn unsigned(&mut self, bytes: usize) -> Result<u32, String> {
        let taken = self.take(bytes)?;
        Ok(taken.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte)))
    }

    fn push(&mut self, value: Value) {
        self.stack.push(Held { value, depth: 0 });
    }

    fn pop(&mut self) -> Result<Held, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err("the pickle takes more than it put".into());
        }
        self.stack.pop().ok_or_else(|| "the pickle is empty".into())
    }

    fn pop_value(&mut self) -> Result<Value, String> {
        Ok(self.pop()?.value)
    }

    fn since_mark(&mut self) -> Result<Vec<Held>, String> {
        let mark = self.marks.pop().ok_or("the pickle closes what it did not open")?;
        Ok(self.stack.split_off(mark))
    }

    fn tuple(&mut self, items: Vec<Held>) -> Result<(), String> {
        let depth = Held::around(&items)?;
        let value = Value::Tuple(items.into_iter().map(|item| item.value).collect());
        self.stack.push(Held { value, depth });
        Ok(())
    }

    fn short_tuple(&mut self, size: usize) -> Result<(), String> {
        let mut items = (0..size).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        self.tuple(items)
    }

    fn append(&mut self, items: Vec<Held>) -> Result<(), String> {
        let around = Held::around(&items)?;
        let Some(Held { value: Value::List(list), depth }) = self.stack.last_mut() else {
            return Err("the pickle appends to what is no list".into());
        };
        *depth = around.max(*depth);
        list.extend(items.into_iter().map(|item| item.value));
        Ok(())
    }

    fn set_items(&mut self, items: Vec<Held>) -> Result<(), String> {
        let around = Held::around(&items)?;
        let Some(Held { value: Value::Dict(dict), depth }) = self.stack.last_mut() else {
            return Err("the pickle sets a key of what is no dict".into());
        };
        *depth = around.max(*depth);
        let mut items = items.into_iter().map(|item| item.value);
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
                    Value::Wide(bytes.into())
                } else {
                    let sign = bytes.last().is_some_and(|&b| b & 0x80 != 0);
                    let mut wide = [if sign { 0xff } else { 0 }; 8];
                    wide[..size].copy_from_slice(bytes);
                    Value::Int(i64::from_le_bytes(wide))
                }
            }
        };
        self.push(value);
        Ok(())
    }

    fn float(&mut self) -> Result<(), String> {
        let mut number = [0; 8];
        number.copy_from_slice(self.take(8)?);
        self.push(Value::Float(f64::from_be_bytes(number)));
        Ok(())
    }

    fn text(&mut self, size_bytes: usize) -> Result<(), String> {
        let size = self.unsigned(size_bytes)? as usize;
        let bytes = self.take(size)?;
        let text = std::str::from_utf8(bytes).map_err(|_| "a pickled name is not utf-8")?;
        let text = Value::Text(text.into());
        self.push(text);
        Ok(())
    }

    fn remember(&mut self, index: u32) -> Result<(), String> {
        if self.memo.len() >= MOST_REMEMBERED {
            return Err(format!("the pickle remembers more than {MOST_REMEMBERED} values"));
        }
        let last = self.stack.last().ok_or("the pickle remembers nothing")?;
        let grows = matches!(last.value, Value::List(_) | Value::Dict(_));
        let held = (!grows).then(|| last.clone());
        self.memo.insert(index, held);
        Ok(())
    }

    fn recall(&mut self, opcode: u8) -> Result<(), String> {
        let index = self.unsigned(if opcode == b'h' { 1 } else { 4 })?;
        match self.memo.get(&index) {
            // Sharing what may have grown since is not for weights.
            Some(None) => Err("a pickle with shared containers".into()),
            Some(Some(held)) => {
                self.stack.push(held.clone());
                Ok(())
            }
            None => Err("the pickle recalls what it did not remember".into()),
        }
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&b| b == b'\n').ok_or_else(|| self.too_short())?;
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at += end + 1;
        Ok(line)
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), String> {
        let global = match (module, name) {
            ("collections", "OrderedDict") => Some(Global::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Global::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Some(Global::RebuildParameter),
            ("torch", storage) => Element::of_storage(storage).map(Global::StorageOf),
            _ => None,
        };
        let refused = || {
            format!(
                "pickle global {} is not allowed: a state dict names none, and torch.save(model.state_dict(), FILE) writes one",
                shown(module, name)
            )
        };
        self.push(Value::Global(global.ok_or_else(refused)?));
        Ok(())
    }

    fn reduce(&mut self) -> Result<(), String> {
        let (arguments, function) = (self.pop_value()?, self.pop_value()?);
        let Value::Tuple(arguments) = arguments else {
            return Err("the pickle calls without arguments".into());
        };
        let value = match function {
            Value::Global(Global::OrderedDict) if arguments.is_empty() => Value::Dict(vec![]),
            Value::Global(Global::RebuildTensor) => tensor(&arguments)?,
            Value::Global(Global::RebuildParameter) => match arguments.first() {
                Some(Value::Tensor(view)) => Value::Tensor(view.clone()),
                _ => return Err("a parameter that is no tensor".into()),
            },
            _ => return Err("the pickle calls something that is not allowed".into()),
        };
        self.push(value);
        Ok(())
    }

    fn storage(&mut self) -> Result<(), String> {
        let Value::Tuple(id) = self.pop_value()? else {
            return Err("a persistent id that is no storage".into());
        };
        match &*id {
            [Value::Text(kind), Value::Global(Global::StorageOf(element)), Value::Text(key), ..]
                if &**kind == "storage" =>
            {
                self.push(Value::Storage { key: key.clone(), element: *element });
                Ok(())
            }
            _ => Err("a persistent id that is no storage".into()),
        }
    }
}

/// A global's name as one short line: it is a stranger's text.
fn shown(module: &str, name: &str) -> String {
    format!("{module}.{name}").chars().take(80).flat_map(char::escape_default).collect()
}

fn tensor(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [
            Value::Storage { key, element },
            Value::Int(offset),
            Value::Tuple(shape),
            Value::Tuple(strides),
            ..,
        ] => Ok(Value::Tensor(View {
            storage: key.clone(),
            element: *element,
            offset: usize::try_from(*offset).map_err(|_| "a negative tensor offset")?,
            shape: sizes(shape)?,
            strides: sizes(strides)?,
        })),
        _ => Err("a tensor with arguments of another kind".into()),
    }
}

fn sizes(values: &[Value]) -> Result<Vec<usize>, String> {
    if values.len() > MOST_DIMENSIONS {
        return Err(format!("a tensor of more than {MOST_DIMENSIONS} dimensions"));
    }
    values
        .iter()
        .map(|value| match value {
            Value::Int(size) => usize::try_from(*size).map_err(|_| "a negative size".into()),
            _ => Err("a size that is no number".into()),
        })
        .collect()
}

#[cfg(test)]
mod tests;
