// The brightest parts, at a quarter of the size, blurred along one axis.
in vec2 v_uv;
uniform sampler2D source;
uniform vec2 step_uv;
out vec4 pixel;

vec3 bright(vec2 uv) {
    vec3 c = texture(source, uv).rgb;
#ifdef FIRST
    float peak = max(c.r, max(c.g, c.b));
    c *= smoothstep(0.78, 1.0, peak);
#endif
    return c;
}

void main() {
    const float weight[5] = float[](0.1964, 0.1747, 0.1210, 0.0654, 0.0275);
    vec3 sum = weight[0] * bright(v_uv);
    for (int i = 1; i < 5; i++) {
        vec2 d = step_uv * float(i);
        sum += weight[i] * (bright(v_uv + d) + bright(v_uv - d));
    }
    pixel = vec4(sum, 1.0);
}
