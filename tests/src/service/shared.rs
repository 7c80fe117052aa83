//! One service for several tests of a file.

use std::ops::Deref;
use std::sync::{Arc, Weak};

use tokio::sync::Mutex;

use super::{Builder, Service};

/// Started by the first test that asks, ended with the last one that uses it.
#[derive(Debug, Default)]
pub struct Shared(Mutex<Weak<Service>>);

impl Shared {
    /// For a `static`.
    pub const fn new() -> Self {
        Self(Mutex::const_new(Weak::new()))
    }

    /// The service; `configure` says what it is like where it is not running yet.
    pub async fn get(&self, configure: impl FnOnce(Builder) -> Builder) -> SharedService {
        let mut current = self.0.lock().await;
        if let Some(service) = current.upgrade() {
            return SharedService(service);
        }
        let service = Arc::new(configure(Service::builder()).start().await);
        *current = Arc::downgrade(&service);
        SharedService(service)
    }
}

/// A test's share.
#[derive(Debug)]
pub struct SharedService(Arc<Service>);

impl Deref for SharedService {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.0
    }
}

impl Drop for SharedService {
    fn drop(&mut self) {
        // The last one out leaves it to the service itself.
        if std::thread::panicking() && Arc::strong_count(&self.0) > 1 {
            self.0.print_logs();
        }
    }
}
