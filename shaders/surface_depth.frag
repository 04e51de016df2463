// Depth of cut-outs before they are shaded, so that only what is seen is lit.
#include "common_frame.glsl"
#include "common_material.glsl"
in vec3 v_position;
in vec2 v_uv;
#ifdef SAMPLES
out vec4 pixel;
#endif

void main() {
    float alpha = base_color_factor.a;
#ifdef HAS_BASE
    alpha *= texture(tex_base, transformed(v_uv, 0)).a;
#endif
    // cards seen edge-on are not strands but wires: let them fade
    vec3 across = cross(dFdx(v_position), dFdy(v_position));
    float facing = abs(dot(normalize(across), normalize(eye.xyz - v_position)));
    alpha *= smoothstep(0.02, 0.12, facing);
#ifdef SAMPLES
    // alpha to coverage, with an edge about one pixel wide (Golus 2017)
    alpha = (alpha - 0.5) / max(fwidth(alpha), 0.2) + 0.5;
    pixel = vec4(0.0, 0.0, 0.0, alpha);
    if (alpha < 0.1) discard;
#else
    if (alpha < 0.55) discard;
#endif
}
