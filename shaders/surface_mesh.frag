// One fragment of a figure: gather the surface, let the shading model light it, encode it.
// Tone mapping happens here, so blending, MSAA resolve and alpha all work on display values.
#include "common_frame.glsl"
#include "common_figure.glsl"
#include "common_material.glsl"
#include "common_color.glsl"
#include "common_brdf.glsl"
#include "common_shadow.glsl"

#ifdef FACING
in float v_facing;
#elif !defined(LIT_PER_VERTEX)
in vec3 v_position;
in vec3 v_normal;
in vec4 v_traits;
#endif
in vec2 v_uv;
#ifdef NEEDS_UV1
in vec2 v_uv1;
#endif
#if defined(NEEDS_TANGENT) && !defined(LIT_PER_VERTEX)
in vec4 v_tangent;
#endif
#ifdef TINTED
in vec4 v_color;
#endif
#ifdef OUTLINE_SOFT
in float v_cover;
#endif
in vec3 v_ambient;
in vec3 v_shadow;

out vec4 pixel;

struct Surface {
    vec3 albedo;
    float alpha;
    vec3 normal;     // with the normal map
    vec3 smooth_normal;
    vec3 view;       // towards the camera
    float facing;    // cosine between the normal and the key light
    float occlusion;
    float metallic;
    float roughness;
    vec3 ambient;    // the room and the fill lamp
    float shadow;    // of the key light
    vec2 uv;
    vec4 traits;     // occlusion, scatter, oil, inside
    vec4 tangent;
};

#include "surface_inputs.glsl"
#include MODEL

void main() {
#if defined(ANIMATED_UV) && defined(HAS_MASK)
    animate_uv();
#endif
    Surface s;
    s.uv = v_uv;
    vec4 base = base_color();
    s.alpha = base.a;
#ifdef ALPHA_MASK
    if (base.a < alpha_factor.x) discard;
#endif
#ifdef PASS_SOFT
    if (base.a >= 0.55 || base.a < 0.02) discard;
#endif
    s.albedo = base.rgb;
#ifdef PLAIN
    s.ambient = ambient[0].rgb;  // the same from all sides
#else
    s.ambient = v_ambient;
#endif
#if defined(LIT_PER_VERTEX)
    float facing = 1.0;
#elif defined(FACING)
    s.facing = v_facing;
#ifdef DOUBLE_SIDED
    if (!gl_FrontFacing) s.facing = -s.facing;
#endif
    float facing = clamp(s.facing, 0.0, 1.0);
#else
    s.traits = v_traits;
    s.view = normalize(eye.xyz - v_position);
    read_normals(s);
    read_surface(s);
    s.facing = dot(s.normal, key_direction.xyz);
    float facing = clamp(dot(s.smooth_normal, key_direction.xyz), 0.0, 1.0);
#endif
#ifdef PLAIN
    s.shadow = 1.0;
#else
    s.shadow = key_shadow(v_shadow, gl_FragCoord.xy, 1.0 - facing);
#endif
    vec4 shaded = shade(s);
#if defined(ALPHA_OPAQUE) || defined(PASS_CORE)
    float alpha = 1.0;
#elif defined(ALPHA_MASK)
    float alpha = 1.0;
#else
    float alpha = shaded.a;
#endif
#if !defined(PLAIN) && !defined(TOON)
    shaded.rgb += (grain(gl_FragCoord.xy) - 0.5) / 255.0;
#endif
#ifdef OUTLINE_SOFT
    alpha *= v_cover;
#endif
#if defined(ALPHA_OPAQUE) && !defined(OUTLINE_SOFT)
    pixel = vec4(shaded.rgb, 1.0);
#else
    pixel = vec4(clamp(shaded.rgb, 0.0, 1.0) * alpha, alpha);
#endif
}
