//! The interactive shell: editor, prompt, one small file per dot command.
