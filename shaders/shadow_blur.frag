// Moments of the depth map, blurred along one axis (a Gaussian over 9 texels).
in vec2 v_uv;
uniform sampler2D source;
uniform ivec2 axis;
out vec2 moments;

vec2 moment(ivec2 at) {
#ifdef FROM_DEPTH
    float z = texelFetch(source, at, 0).r;
    return vec2(z, z * z);
#else
    return texelFetch(source, at, 0).rg;
#endif
}

void main() {
    const float weight[5] = float[](0.2042, 0.1802, 0.1238, 0.0663, 0.0276);
    ivec2 at = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(source, 0) - 1;
    vec2 sum = weight[0] * moment(at);
    for (int i = 1; i < 5; i++) {
        sum += weight[i] * moment(min(at + i * axis, last));
        sum += weight[i] * moment(max(at - i * axis, ivec2(0)));
    }
    moments = sum;
}
