// The picture at another size: bilinear up, or the average of 2x2 down; with its glow.
in vec2 v_uv;
uniform sampler2D source;
#ifdef GLOW
uniform sampler2D glow;
uniform float strength;
#endif
out vec4 pixel;

void main() {
    pixel = texture(source, v_uv);
#ifdef GLOW
    vec3 light = texture(glow, v_uv).rgb * strength;
    // only over what is there, so that a transparent picture stays premultiplied
    pixel.rgb += light * (vec3(pixel.a) - pixel.rgb);
#endif
}
