/// Makes [`BodyConfig`](crate::BodyConfig) and [`Body`](crate::Body) of a table of bodies. A row is
/// `"model_type" => Variant(Config, Module)`; one without a module makes the module of another row.
macro_rules! table {
    ($( $model_type:literal => $variant:ident($config:ident $(, $module:ident)?), )+) => {
        use crate::architecture::{Architecture, ModelConfig};
        use crate::hub_format::HubFormat;
        use crate::init::Init;
        use crate::model::SequenceModel;
        use crate::size::Size;

        /// The shape of a body, named as the hub's `config.json` names it.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "model_type", deny_unknown_fields)]
        pub enum BodyConfig {
            $( #[serde(rename = $model_type)] $variant($config), )+
        }

        /// A sequence model of any kind: hidden states in, hidden states of the same shape out.
        #[derive(burn::module::Module, Debug)]
        pub enum Body {
            $( $( $variant($module), )? )+
        }

        $( $(
            impl From<$module> for Body {
                fn from(model: $module) -> Self {
                    Self::$variant(model)
                }
            }
        )? )+

        impl BodyConfig {
            /// Model types that can be built, as `config.json` spells them; `lstm` and `vanilla`
            /// are ours.
            pub const MODEL_TYPES: &[&str] = &[$( $model_type ),+];

            /// The name in `model_type`.
            pub fn model_type(&self) -> &'static str {
                match self {
                    $( Self::$variant(_) => $model_type, )+
                }
            }

            /// Fields of a model type's config, as a profile may set and a study may override them.
            pub fn fields(model_type: &str) -> &'static [&'static str] {
                match model_type {
                    $( $model_type => crate::fields::fields::<$config>(), )+
                    _ => &[],
                }
            }

            /// Every shape there is at a size that was checked, under the name a study knows it by.
            pub fn shapes(size: &Size) -> Vec<(&'static str, Self)> {
                let mut shapes = Vec::new();
                $(
                    let own = $config::SHAPES.iter();
                    shapes.extend(own.map(|(name, of)| (*name, Self::$variant(of(size)))));
                )+
                shapes
            }

            /// How the hub writes models of a type.
            pub(crate) fn format_of(model_type: &str) -> Option<HubFormat> {
                match model_type {
                    $( $model_type => Some($config::hub_format()), )+
                    _ => None,
                }
            }

            /// How the hub writes such a model.
            pub(crate) fn hub_format(&self) -> HubFormat {
                match self {
                    $( Self::$variant(_) => $config::hub_format(), )+
                }
            }

            /// A random body of this shape; without values when `init` has none.
            pub(crate) fn make(&self, init: &mut Init) -> Body {
                match self {
                    $( Self::$variant(config) => config.make(init).into(), )+
                }
            }

            pub(crate) fn model(&self) -> &dyn ModelConfig {
                match self {
                    $( Self::$variant(config) => config, )+
                }
            }

            pub(crate) fn model_mut(&mut self) -> &mut dyn ModelConfig {
                match self {
                    $( Self::$variant(config) => config, )+
                }
            }
        }

        impl Body {
            pub(crate) fn model(&self) -> &dyn SequenceModel {
                match self {
                    $( $( Self::$variant(model) => { let model: &$module = model; model } )? )+
                }
            }

            pub(crate) fn model_mut(&mut self) -> &mut dyn SequenceModel {
                match self {
                    $( $( Self::$variant(model) => { let model: &mut $module = model; model } )? )+
                }
            }
        }
    };
}

pub(super) use table;
