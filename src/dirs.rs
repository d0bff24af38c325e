//! Where dbdojo keeps its files.
//!
//! The XDG directories (their equivalents on other systems), or everything in
//! one folder when `DBDOJO_HOME` names it.

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};

/// The folders of one user. Nothing is created until something is written.
#[derive(Debug, Clone)]
pub struct Dirs {
    cache: PathBuf,
    state: PathBuf,
    config: PathBuf,
    data: PathBuf,
}

/// The machine has no home folder for this user.
#[derive(Debug, thiserror::Error)]
#[error("found no home folder; set DBDOJO_HOME to a folder dbdojo may write to")]
pub struct NoHome;

impl Dirs {
    /// The folders that the environment names.
    ///
    /// # Errors
    /// [`NoHome`] when there is neither `DBDOJO_HOME` nor a home folder.
    pub fn from_environment() -> Result<Dirs, NoHome> {
        if let Some(home) = std::env::var_os("DBDOJO_HOME").filter(|home| !home.is_empty()) {
            return Ok(Dirs::under(Path::new(&home)));
        }
        let strategy = choose_app_strategy(AppStrategyArgs {
            top_level_domain: "org".into(),
            author: "dbdojo".into(),
            app_name: "dbdojo".into(),
        })
        .map_err(|_| NoHome)?;
        Ok(Dirs {
            cache: strategy.cache_dir(),
            state: strategy.state_dir().unwrap_or_else(|| strategy.data_dir()),
            config: strategy.config_dir(),
            data: strategy.data_dir(),
        })
    }

    /// All folders inside `home`.
    pub fn under(home: &Path) -> Dirs {
        Dirs {
            cache: home.join("cache"),
            state: home.join("state"),
            config: home.join("config"),
            data: home.join("data"),
        }
    }

    /// Datasets that were built. Safe to delete: they are built again.
    pub fn datasets(&self) -> PathBuf {
        self.cache.join("datasets")
    }

    /// The private copies of running sessions, one folder each.
    pub fn sessions(&self) -> PathBuf {
        self.cache.join("sessions")
    }

    /// The lessons a learner has passed.
    pub fn progress(&self) -> PathBuf {
        self.state.join("progress.json")
    }

    /// What was typed in the shell.
    pub fn history(&self) -> PathBuf {
        self.state.join("history")
    }

    /// The settings file.
    pub fn config(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Datasets that the learner has imported, a file each.
    pub fn imported(&self) -> PathBuf {
        self.data.join("imported")
    }

    /// Datasets of the learner's own, a folder each.
    pub fn own_datasets(&self) -> PathBuf {
        self.data.join("datasets")
    }
}
