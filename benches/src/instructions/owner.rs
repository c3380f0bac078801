//! Whose code it is.

use super::frames::Frame;

/// The groups that the instructions of a span are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Owner {
    /// The annotated function, with what its macro wrote into it, and the loop around it.
    Function,
    /// `tasker-span-runtime`.
    Runtime,
    /// `tracing`, `tracing-core` and `tracing-subscriber`.
    Tracing,
    /// `tracing-opentelemetry`.
    TracingOpentelemetry,
    /// `opentelemetry` and `opentelemetry_sdk`.
    Opentelemetry,
    /// The processor, which drops what an exporter would be given.
    Processor,
}

impl Owner {
    pub(super) const ALL: [Self; 6] = [
        Self::Function,
        Self::Runtime,
        Self::Tracing,
        Self::TracingOpentelemetry,
        Self::Opentelemetry,
        Self::Processor,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Function => "the function, with what its macro wrote",
            Self::Runtime => "`tasker-span-runtime`",
            Self::Tracing => "`tracing`, `tracing-subscriber`",
            Self::TracingOpentelemetry => "`tracing-opentelemetry`",
            Self::Opentelemetry => "`opentelemetry`, `opentelemetry_sdk`",
            Self::Processor => "the ended span's end, in place of a queue",
        }
    }

    /// The owner of a function. What `std`, the C library and small crates do is done for their callers: it has none.
    pub(super) fn of(frame: &Frame) -> Option<Self> {
        let (folder, file) = frame.file.rsplit_once("/src/")?;
        let folder = folder.rsplit('/').next().unwrap_or(folder);
        match crate_name(folder) {
            "benches" if file == "setup/exporter.rs" => Some(Self::Processor),
            "benches" => Some(Self::Function),
            "tasker-span-runtime" => Some(Self::Runtime),
            "tracing" | "tracing-core" | "tracing-subscriber" => Some(Self::Tracing),
            "tracing-opentelemetry" => Some(Self::TracingOpentelemetry),
            "opentelemetry" | "opentelemetry_sdk" => Some(Self::Opentelemetry),
            _ => None,
        }
    }
}

/// The name of a crate in that of its folder, which ends with the version where it comes from a registry.
fn crate_name(folder: &str) -> &str {
    match folder.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => name,
        _ => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_the_crate_tells_the_owner() {
        let of = |file: &str| {
            Owner::of(&Frame {
                function: "f".to_owned(),
                file: file.to_owned(),
            })
        };
        let registry = "/home/benches/.cargo/registry/src/index-1949";
        assert_eq!(
            of(&format!("{registry}/tracing-opentelemetry-0.34.0/src/layer.rs")),
            Some(Owner::TracingOpentelemetry)
        );
        assert_eq!(
            of(&format!("{registry}/opentelemetry_sdk-0.33.1/src/trace/span.rs")),
            Some(Owner::Opentelemetry)
        );
        assert_eq!(of(&format!("{registry}/smallvec-1.15.1/src/lib.rs")), None);
        assert_eq!(of("/rustc/5980/library/alloc/src/vec/mod.rs"), None);
        assert_eq!(
            of("/tracing/tasker-span/tasker-span-runtime/src/begin.rs"),
            Some(Owner::Runtime)
        );
        assert_eq!(of("./malloc/malloc.c"), None);
    }
}
