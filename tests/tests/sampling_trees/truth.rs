//! What is true of a span, whatever is exported of it.

use crate::place::Place;

/// Takes note of how a span ends.
pub(crate) struct Truth {
    place: Place,
    name: &'static str,
    is_async: bool,
    is_over: bool,
}

impl Truth {
    pub(crate) fn new(place: Place, name: &'static str, is_async: bool) -> Self {
        Self {
            place,
            name,
            is_async,
            is_over: false,
        }
    }

    pub(crate) fn over(&mut self, is_success: bool) {
        self.is_over = true;
        if !is_success {
            self.place.fails(self.name, "error");
        }
    }
}

impl Drop for Truth {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if std::thread::panicking() {
            self.place.fails(self.name, "panic");
        } else if self.is_async {
            // Of a function that is not, only what it waits for is given up.
            self.place.fails(self.name, "cancelled");
        }
    }
}
