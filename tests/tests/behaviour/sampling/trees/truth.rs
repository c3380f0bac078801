//! How a span of a workload ended, whether or not it is exported.

use super::place::Place;

/// Takes note of how a span ends.
pub(super) struct Truth {
    place: Place,
    name: &'static str,
    is_async: bool,
    is_over: bool,
}

impl Truth {
    pub(super) fn new(place: Place, name: &'static str, is_async: bool) -> Self {
        Self {
            place,
            name,
            is_async,
            is_over: false,
        }
    }

    pub(super) fn over(&mut self, is_success: bool) {
        self.is_over = true;
        if !is_success {
            self.place.fails(self.name, "error");
        }
    }
}

impl Drop for Truth {
    fn drop(&mut self) {
        self.place.ends(self.name);
        if self.is_over {
            return;
        }
        if std::thread::panicking() {
            self.place.fails(self.name, "panic");
        } else if self.is_async {
            // In a synchronous function, only the future that it polls is given up.
            self.place.fails(self.name, "cancelled");
        }
    }
}
