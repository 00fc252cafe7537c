"""The only doors to what GlassTape does not own: JAX's and Keras' extension points."""
