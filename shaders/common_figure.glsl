// What is the same for one figure in one frame.
layout(std140) uniform Figure {
    vec4 head_up;       // unit; w: how far the jaw is open, 0..1
    vec4 head_forward;  // unit
};
