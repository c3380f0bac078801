//! Which functions an instruction belongs to: the symbol's, and those that were inlined there.

use std::fs;
use std::path::Path;

use addr2line::Context;
use addr2line::fallible_iterator::FallibleIterator;
use addr2line::gimli::{Dwarf, EndianSlice, RunTimeEndian};
use object::{Object, ObjectSection};

use crate::failure::Failure;

type Reader = EndianSlice<'static, RunTimeEndian>;

/// The debug information of one file.
pub(super) struct Frames(Context<Reader>);

/// A function at an instruction.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) function: String,
    /// Where its source is.
    pub(super) file: String,
}

impl Frames {
    pub(super) fn of(program: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(program).map_err(Failure::of("reading this program"))?;
        // Lives as long as the command does.
        let file = object::File::parse(&*bytes.leak()).map_err(Failure::of("reading this program"))?;
        let endian = if file.is_little_endian() {
            RunTimeEndian::Little
        } else {
            RunTimeEndian::Big
        };
        let dwarf = Dwarf::load(|section| {
            let data = file.section_by_name(section.name()).map(|section| section.data());
            let data = data.transpose()?.unwrap_or_default();
            Ok::<_, object::Error>(EndianSlice::new(data, endian))
        });
        let dwarf = dwarf.map_err(Failure::of("finding debug information"))?;
        Context::from_dwarf(dwarf)
            .map(Self)
            .map_err(Failure::of("reading debug information"))
    }

    /// The innermost first. Empty where nothing is known, as in a library of the system.
    pub(super) fn at(&self, address: u64) -> Result<Vec<Frame>, Failure> {
        self.frames(address).map_err(Failure::of("reading debug information"))
    }

    fn frames(&self, address: u64) -> Result<Vec<Frame>, addr2line::gimli::Error> {
        let frames = self.0.find_frames(address).skip_all_loads()?;
        frames
            .map(|frame| {
                let function = frame
                    .function
                    .map(|function| function.demangle().map(Into::into))
                    .transpose()?;
                Ok(Frame {
                    function: function.unwrap_or_default(),
                    file: frame
                        .location
                        .and_then(|location| location.file)
                        .unwrap_or_default()
                        .to_owned(),
                })
            })
            .collect()
    }
}
