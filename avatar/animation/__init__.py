"""Everything that moves the figure: drivers, their mixing, and the rig."""
