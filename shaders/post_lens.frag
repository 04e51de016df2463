// Depth of field: the mean over a disc as wide as a point out of focus becomes.
uniform sampler2D source;
uniform sampler2D depth;
uniform vec4 lens;  // projection terms a, b; distance in focus, m; radius of far points, px
out vec4 pixel;

const int TAPS = 28;

// Distance from the camera, m.
float distance_at(ivec2 at) {
    float z = 2.0 * texelFetch(depth, at, 0).r - 1.0;
    return lens.y / (z + lens.x);
}

// Nothing is drawn at the far plane but the background, and hair too thin to keep its depth.
bool empty(ivec2 at) { return texelFetch(depth, at, 0).r >= 0.99999; }

float radius_of(float away) { return min(lens.w * abs(away - lens.z) / away, 40.0); }

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy), last = textureSize(source, 0) - 1;
    float here = distance_at(at), radius = empty(at) ? 0.0 : radius_of(here);
    // soft things before this pixel reach over it
    float reach = radius;
    for (int i = 0; i < 4; i++) {
        ivec2 near = clamp(at + ivec2(5 * (i - 2 * (i / 2)) * 2 - 5, 10 * (i / 2) - 5), ivec2(0), last);
        float away = distance_at(near);
        if (away < here) reach = max(reach, radius_of(away));
    }
    pixel = texelFetch(source, at, 0);
    if (reach < 0.6) return;
    vec2 texel = 1.0 / vec2(last + 1);
    float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
    float turn = reach > 6.0 ? 6.2831853 * noise : 0.0;
    float total = 1.0;
    for (int i = 0; i < TAPS; i++) {
        float far = reach * sqrt((float(i) + 0.5) / float(TAPS));
        float angle = 2.39996323 * float(i) + turn;
        vec2 step_to = far * vec2(cos(angle), sin(angle));
        ivec2 spot = clamp(at + ivec2(round(step_to)), ivec2(0), last);
        float away = distance_at(spot), own = radius_of(away);
        // what lies behind may not spread further than this pixel's own circle
        float wide = away > here ? min(own, radius) : own;
        float share = clamp(wide - far + 1.0, 0.0, 1.0);
        pixel += share * texture(source, (gl_FragCoord.xy + step_to) * texel);
        total += share;
    }
    pixel /= total;
}
