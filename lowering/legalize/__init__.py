"""array -> array: to the ops that have a native form."""
