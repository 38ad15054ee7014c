# regions.sh: prints the regions, a line each.
printf '%s\n' east north south west
