// What is the same for everything drawn in one frame. Written by avatar/render/frame.py.
layout(std140) uniform Frame {
    mat4 view_projection;
    mat4 shadow_matrix;   // world -> shadow map (u, v, depth), each 0..1
    vec4 eye;             // camera position; w: time, s
    vec4 key_direction;   // towards the lamp; w: tangent of its angular radius
    vec4 key_color;       // w: exposure
    vec4 fill_direction;
    vec4 fill_color;      // w: gain of the key lamp for toon
    vec4 rim_direction;
    vec4 rim_color;       // w: gain of the room for toon
    vec4 ambient[9];      // irradiance / pi, see light.py
    vec4 ceiling;
    vec4 floor_color;     // w: half the picture's height, px
    vec4 shadow_scale;    // m: width of the map, its depth, its texel
};

float exposure() { return key_color.w; }

#ifdef SHADOW_PCSS
#define RICH  // the upper tiers, which can afford more
#endif
