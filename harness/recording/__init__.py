"""What a run leaves behind and every report is derived from: written fact by fact, read back, judged again."""
