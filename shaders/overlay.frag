// Premultiplied colour, faded as a whole.
in vec2 v_uv;
uniform sampler2D picture;
uniform float opacity;
out vec4 pixel;

void main() {
    pixel = texture(picture, v_uv) * opacity;
}
