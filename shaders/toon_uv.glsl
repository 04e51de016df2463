// MToon's UV animation: texture coordinates turn about the middle, then scroll; ``share`` is the
// mask's. kind[5].yzw: scroll x, y (UV/s), rotation (rad/s).
vec2 animated(vec2 uv, float share) {
    float t = eye.w * share;
    float turn = kind[5].w * t;
    float c = cos(turn), s = sin(turn);
    vec2 at = uv - 0.5;
    return vec2(c * at.x + s * at.y, c * at.y - s * at.x) + 0.5 + kind[5].yz * t;
}
