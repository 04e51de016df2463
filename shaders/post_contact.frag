// Contact: how much of the near surroundings hides the light, from the depth alone (McGuire et
// al. 2012, "Scalable ambient obscurance"), at half the size. CLOSE blurs it over equal depths
// and writes the factor that the picture is multiplied by.
in vec2 v_uv;
uniform sampler2D depth;
uniform vec4 lens;  // projection terms a, b; scale of x, of y
#ifdef CLOSE
uniform sampler2D source;
#else
uniform vec3 reach;  // m; sine of the smallest angle that counts; strength
#endif
out vec4 pixel;

// Distance from the camera, m.
float distance_at(vec2 uv) { return lens.y / (2.0 * textureLod(depth, uv, 0.0).r - 1.0 + lens.x); }

#ifdef CLOSE
void main() {
    float here = distance_at(v_uv);
    vec2 texel = 1.0 / vec2(textureSize(source, 0));
    float open = 0.0, total = 1e-4;
    for (int i = 0; i < 16; i++) {
        vec2 uv = v_uv + texel * (vec2(i & 3, i >> 2) - 1.5);
        float share = max(1.0 - abs(distance_at(uv) - here) * 80.0, 0.0);
        open += share * textureLod(source, uv, 0.0).r;
        total += share;
    }
    open = total > 0.01 ? open / total : 1.0;
    // what is hidden stays warm, as flesh and cloth throw light on each other
    pixel = vec4(mix(vec3(0.12, 0.03, 0.015), vec3(1.0), open), 1.0);
}
#else
const int TAPS = 12;

vec3 position_at(vec2 uv) {
    float away = distance_at(uv);
    return vec3((uv * 2.0 - 1.0) / lens.zw * away, away);
}

// The smaller of two steps, which stays on the surface.
vec3 shorter(vec3 a, vec3 b) { return abs(a.z) < abs(b.z) ? a : b; }

void main() {
    vec3 here = position_at(v_uv);
    pixel = vec4(1.0);
    if (textureLod(depth, v_uv, 0.0).r >= 0.99999) return;
    vec2 texel = 1.0 / vec2(textureSize(depth, 0));
    vec2 dx = vec2(2.0 * texel.x, 0.0), dy = vec2(0.0, 2.0 * texel.y);
    vec3 across = shorter(position_at(v_uv + dx) - here, here - position_at(v_uv - dx));
    vec3 along = shorter(position_at(v_uv + dy) - here, here - position_at(v_uv - dy));
    vec3 normal = normalize(cross(across, along));
    normal *= -sign(normal.z);
    ivec2 at = ivec2(gl_FragCoord.xy);
    // all sixteen turns within the square that is blurred
    float turn = 6.2831853 * float((at.x & 3) * 4 + (at.y & 3)) * 0.3125;
    float radius = reach.x * reach.x, hidden = 0.0;
    vec2 disc = 0.5 * reach.x * lens.zw / here.z;
    for (int i = 0; i < TAPS; i++) {
        float share = (float(i) + 0.5) / float(TAPS), angle = turn + 2.39996323 * float(i);
        vec3 off = position_at(v_uv + disc * sqrt(share) * vec2(cos(angle), sin(angle))) - here;
        float square_ = dot(off, off), fall = max(radius - square_, 0.0) / radius;
        float rise = dot(off, normal) / sqrt(square_ + 1e-8) - reach.y;
        hidden += fall * fall * max(rise, 0.0);
    }
    pixel = vec4(vec3(clamp(1.0 - reach.z * hidden / float(TAPS), 0.62, 1.0)), 1.0);
}
#endif
