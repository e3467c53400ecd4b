"""What tests share: sounds, small runs, command lines, comparisons."""
