// Textures and vertex data into the Surface.

#if defined(ANIMATED_UV) && defined(HAS_MASK)
vec2 moved_uv, moved_uv1;  // set by animate_uv
#define UV0 moved_uv
#define UV_SECOND moved_uv1
#else
#define UV0 v_uv
#define UV_SECOND v_uv1
#endif
#ifdef NEEDS_UV1
#define UV1 UV_SECOND
#else
#define UV1 UV0
#endif
#ifdef UV_BASE
#define BASE_UV UV1
#else
#define BASE_UV UV0
#endif
#ifdef UV_NORMAL
#define NORMAL_UV UV1
#else
#define NORMAL_UV UV0
#endif
#ifdef UV_SURFACE
#define SURFACE_UV UV1
#else
#define SURFACE_UV UV0
#endif
#ifdef UV_OCCLUSION
#define OCCLUSION_UV UV1
#else
#define OCCLUSION_UV UV0
#endif
#ifdef UV_EMISSIVE
#define EMISSIVE_UV UV1
#else
#define EMISSIVE_UV UV0
#endif
#ifdef UV_SHADE
#define SHADE_UV UV1
#else
#define SHADE_UV UV0
#endif
#ifdef UV_SHIFT
#define SHIFT_UV UV1
#else
#define SHIFT_UV UV0
#endif
#ifdef UV_RIM
#define RIM_UV UV1
#else
#define RIM_UV UV0
#endif

#if defined(ANIMATED_UV) && defined(HAS_MASK)
#include "toon_uv.glsl"
void animate_uv() {
#ifdef UV_MASK
    vec2 at = v_uv1;
#else
    vec2 at = v_uv;
#endif
    float share = texture(tex_mask, transformed(at, 10)).b;
    moved_uv = animated(v_uv, share);
#ifdef NEEDS_UV1
    moved_uv1 = animated(v_uv1, share);
#endif
}
#endif

#ifndef OWN_BASE
#ifdef SHADE_AS_BASE
vec3 base_texel;  // for the shade colour as well
#endif
vec4 base_at(vec2 uv) {
#ifdef HAS_BASE
    vec4 texel = texture(tex_base, transformed(uv, 0));
    texel.rgb = from_srgb(texel.rgb);
#ifdef SHADE_AS_BASE
    base_texel = texel.rgb;
#endif
    return texel * base_color_factor;
#else
    return base_color_factor;
#endif
}

vec4 base_color() {
    vec4 base = base_at(BASE_UV);
#ifdef TINTED
    base *= v_color;
#endif
#ifdef TINTED_BY_TRAIT
    base.rgb *= v_traits.x;
#endif
    return base;
}
#endif

#if !defined(LIT_PER_VERTEX) && !defined(FACING)
void read_normals(inout Surface s) {
    vec3 n = normalize(v_normal);
#if defined(DOUBLE_SIDED) && !defined(BENT_NORMALS)
    if (!gl_FrontFacing) n = -n;
#endif
    s.smooth_normal = n;
    s.normal = n;
    s.tangent = vec4(0.0);
#ifdef NEEDS_TANGENT
    s.tangent = v_tangent;
#ifdef HAS_NORMAL
    vec3 bitangent = cross(v_normal, v_tangent.xyz) * v_tangent.w;
    vec3 map = texture(tex_normal, transformed(NORMAL_UV, 1)).xyz * 2.0 - 1.0;
    map.xy *= surface_factor.z;
    s.normal = normalize(map.x * v_tangent.xyz + map.y * bitangent + map.z * n);
#endif
#endif
}

void read_surface(inout Surface s) {
    s.metallic = surface_factor.x;
    s.roughness = alpha_factor.y;
#ifdef HAS_SURFACE
    s.roughness = surface_factor.y;
    vec2 found = texture(tex_surface, transformed(SURFACE_UV, 2)).gb;
    s.roughness *= found.x;
    s.metallic *= found.y;
#endif
    s.roughness = clamp(s.roughness, 0.06, 1.0);
#ifdef PLAIN
    s.occlusion = 1.0;
#else
    s.occlusion = v_traits.x;
#endif
#ifdef HAS_OCCLUSION
    float map = texture(tex_occlusion, transformed(OCCLUSION_UV, 3)).r;
    s.occlusion *= 1.0 + surface_factor.w * (map - 1.0);
#endif
}

#endif

vec3 emission() {
#ifdef HAS_EMISSIVE
    vec3 texel = from_srgb(texture(tex_emissive, transformed(EMISSIVE_UV, 4)).rgb);
    return emissive_factor.rgb * texel;
#else
    return emissive_factor.rgb;
#endif
}

// Display value of a lit surface.
vec3 developed(vec3 radiance) {
#ifdef PLAIN
    return to_srgb(radiance);
#endif
    vec3 c = film_to_srgb(radiance * exposure());
    return mix(vec3(luminance(c)), c, 1.10);  // the curve pales what is bright: give some back
}
