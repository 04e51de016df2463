#include "common_material.glsl"
in vec2 v_uv;

void main() {
#ifdef HAS_BASE
    if (texture(tex_base, transformed(v_uv, 0)).a * base_color_factor.a < 0.45) discard;
#endif
}
