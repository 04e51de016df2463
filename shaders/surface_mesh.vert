// Deformed vertices to the screen, with everything smooth enough to be lit per vertex.
#include "common_frame.glsl"
#ifdef LIT_PER_VERTEX
#include "common_brdf.glsl"
#endif
#ifdef TOON
#include "common_material.glsl"
#endif
#ifdef OUTLINE
#include "outline_hull.glsl"
#endif
#if defined(ANIMATED_UV) && !defined(HAS_MASK)
#include "toon_uv.glsl"
#define MOVED(uv) animated(uv, 1.0)
#else
#define MOVED(uv) uv
#endif

in vec3 position;
in vec3 normal;
in vec4 tangent;
in vec2 uv0;
in vec2 uv1;
in vec4 color;
in vec4 traits;

invariant gl_Position;

#ifdef FACING
out float v_facing;
#elif !defined(LIT_PER_VERTEX)
out vec3 v_position;
out vec3 v_normal;
#endif
out vec2 v_uv;
#ifdef NEEDS_UV1
out vec2 v_uv1;
#endif
#if defined(NEEDS_TANGENT) && !defined(LIT_PER_VERTEX)
out vec4 v_tangent;
#endif
#ifdef TINTED
out vec4 v_color;
#endif
#ifndef LIT_PER_VERTEX
out vec4 v_traits;
#endif
out vec3 v_ambient;
out vec3 v_shadow;

#ifdef LIT_PER_VERTEX
#include "vertex_light.glsl"
#endif

vec3 ambient_light(vec3 n) {
    vec3 sum = ambient[0].rgb + ambient[1].rgb * n.y + ambient[2].rgb * n.z + ambient[3].rgb * n.x;
    sum += ambient[4].rgb * (n.x * n.y) + ambient[5].rgb * (n.y * n.z);
    sum += ambient[6].rgb * (3.0 * n.z * n.z - 1.0) + ambient[7].rgb * (n.x * n.z);
    return max(sum + ambient[8].rgb * (n.x * n.x - n.y * n.y), 0.0);
}

void main() {
    gl_Position = view_projection * vec4(position, 1.0);
#ifdef OUTLINE
#ifdef UV_WIDTH
    vec2 width_uv = uv1;
#else
    vec2 width_uv = uv0;
#endif
    vec3 hull = position + hull_offset(normal, MOVED(width_uv), gl_Position.w);
    gl_Position = view_projection * vec4(hull, 1.0);
    gl_Position.z += 1e-6 * gl_Position.w;
#endif
#ifdef FACING
    v_facing = dot(normal, key_direction.xyz);
#elif !defined(LIT_PER_VERTEX)
    v_position = position;
    v_normal = normal;
#endif
    v_uv = MOVED(uv0);
#ifdef NEEDS_UV1
    v_uv1 = MOVED(uv1);
#endif
#if defined(NEEDS_TANGENT) && !defined(LIT_PER_VERTEX)
    v_tangent = tangent;
#endif
#ifdef TINTED
    v_color = color;
#endif
#ifndef LIT_PER_VERTEX
    v_traits = traits;
#endif
    // the fill lamp is soft enough to be lit per vertex; so is the rim where shading is lean
    float fill = clamp(dot(normal, fill_direction.xyz) * 0.65 + 0.35, 0.0, 1.0);
    v_ambient = ambient_light(normal) + fill_color.rgb * fill;
#ifdef LEAN
    v_ambient += rim_color.rgb * max(dot(normal, rim_direction.xyz), 0.0) * traits.x;
#endif
#ifdef TOON
    vec3 even = ambient[0].rgb - ambient[6].rgb - ambient[8].rgb + fill_color.rgb * 0.35;
    v_ambient = rim_color.w * mix(v_ambient, even, kind[2].w);
#endif
#ifdef LIT_PER_VERTEX
    vec3 lit = normal;
#if defined(DOUBLE_SIDED) && !defined(BENT_NORMALS)
    lit *= sign(dot(normal, eye.xyz - position) + 1e-6);
#endif
    light_vertex(lit, normalize(eye.xyz - position));
#endif
    v_shadow = (shadow_matrix * vec4(position + normal * (1.5 * shadow_scale.z), 1.0)).xyz;
}
