// One material. Written by avatar/render/material.py.
layout(std140) uniform Material {
    vec4 base_color_factor;
    vec4 emissive_factor;
    vec4 surface_factor;  // metallic, roughness, normal scale, occlusion strength
    vec4 alpha_factor;    // x: cutoff, y: roughness where its texture is not read
    vec4 kind[6];         // meaning depends on the shading model
    vec4 uv_transform[22];  // two rows per texture slot
};

#ifdef HAS_BASE
uniform sampler2D tex_base;
#endif
#ifdef HAS_NORMAL
uniform sampler2D tex_normal;
#endif
#ifdef HAS_SURFACE
uniform sampler2D tex_surface;
#endif
#ifdef HAS_OCCLUSION
uniform sampler2D tex_occlusion;
#endif
#ifdef HAS_EMISSIVE
uniform sampler2D tex_emissive;
#endif
#ifdef HAS_SHADE
uniform sampler2D tex_shade;
#endif
#ifdef HAS_SHIFT
uniform sampler2D tex_shift;
#endif
#ifdef HAS_MATCAP
uniform sampler2D tex_matcap;
#endif
#ifdef HAS_RIM
uniform sampler2D tex_rim;
#endif
#ifdef HAS_WIDTH
uniform sampler2D tex_width;
#endif
#ifdef HAS_MASK
uniform sampler2D tex_mask;
#endif

vec2 transformed(vec2 uv, int slot) {
#ifndef TRANSFORMED  // neither the file nor an expression moves a texture
    return uv;
#endif
    vec3 at = vec3(uv, 1.0);
    return vec2(dot(uv_transform[2 * slot].xyz, at), dot(uv_transform[2 * slot + 1].xyz, at));
}
