// What is the same for one figure in one frame.
layout(std140) uniform Figure {
    vec4 head_up;       // unit; w: how far the jaw is open, 0..1
    vec4 head_forward;  // unit
    vec4 skull;         // centre of a ball that stands for the head; w: its radius, m, 0 for none
};

// How much of a far lamp's light gets past the head, 0..1.
float past_head(vec3 from, vec3 way) {
    vec3 to = skull.xyz - from;
    float along = dot(to, way);
    float beside = sqrt(max(dot(to, to) - along * along, 0.0));
    float seen = smoothstep(0.70 * skull.w, 1.04 * skull.w + 1e-6, beside);
    return mix(1.0, seen, smoothstep(0.0, 0.3 * skull.w + 1e-6, along));
}
