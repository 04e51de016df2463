// What a figure takes from the light on the ground: the key's shadow, and darkness where the
// soles touch. Black with an alpha, so that it also falls on whatever a transparent picture is
// laid over.
#include "common_frame.glsl"
#include "common_color.glsl"
#include "common_brdf.glsl"
#include "common_shadow.glsl"

const int FEET = 4;
in vec3 v_position;
uniform vec4 place;
uniform vec4 feet[FEET];  // x, z, height over the ground, radius (0: none), m
uniform float depth;      // darkness of the deepest shadow
out vec4 pixel;

float key_light() {
    vec3 at = (shadow_matrix * vec4(v_position, 1.0)).xyz;
    vec2 edge = min(at.xy, 1.0 - at.xy);
    float inside = smoothstep(0.02, 0.22, min(edge.x, edge.y));
    return mix(1.0, key_shadow(at, gl_FragCoord.xy, 0.0), inside);
}

void main() {
    float away = length(v_position.xz - place.xz) / place.w;
    float fade = 1.0 - smoothstep(0.25, 0.95, away);
    float open = 1.0 - 0.28 * exp(-16.0 * away * away);  // the body takes from the room's light
    for (int i = 0; i < FEET; i++) {
        if (feet[i].w <= 0.0) continue;
        float reach = feet[i].w + 1.5 * feet[i].z;
        vec2 d = (v_position.xz - feet[i].xy) / reach;
        open *= 1.0 - 0.75 * exp(-dot(d, d)) * feet[i].w / reach;
    }
    // seen from its own height the round of ground would be a line
    fade *= smoothstep(0.01, 0.06, normalize(eye.xyz - v_position).y);
    float lit = 1.0 - 0.55 * (1.0 - key_light());
    pixel = vec4(vec3(0.0), clamp((1.0 - open * lit) * fade * depth, 0.0, 1.0));
}
