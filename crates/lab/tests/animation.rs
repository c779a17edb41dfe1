//! Films: what a viewer finds in them, and what is refused.

use lab::animation::{Animation, AnimationError, Shape, double_cart_pole, planar_quadrotor, quadrotor};
use resvg::usvg::{Options, Tree, roxmltree::Document};

fn film() -> Animation {
    let rate = 25.0;
    let times = || (0..=250).map(move |k| f64::from(k) / rate);
    let cart = || times().map(|t| [240.0 + 80.0 * (0.8 * t).sin(), 160.0]);
    Animation::new("Cart & pole", [480.0, 280.0], rate)
        .ground("#14171c")
        .shape(Shape::line("track", [40.0, 172.0], [440.0, 172.0]).stroke("#69737e", 2.0))
        .shape(Shape::rect("cart", [-26.0, -12.0], [26.0, 12.0]).fill("#4b98ff").moved(cart()))
        .shape(
            Shape::line("pole", [0.0, 0.0], [0.0, 110.0])
                .stroke("#f07028", 5.0)
                .moved(cart())
                .turn(times().map(|t| 0.5 * t)),
        )
        .shape(Shape::circle("pin", [0.0, 0.0], 4.0).fill("#e6e9ed").moved(cart()))
        .shape(Shape::path("mark", "M0 0l6 10h-12z").fill("#a3acb7").at([240.0, 180.0]))
}

#[test]
fn every_track_has_a_value_for_each_frame() {
    let svg = film().svg().unwrap();
    assert!(svg.len() < 16_000, "{} bytes", svg.len());
    let document = Document::parse(&svg).unwrap();
    let tracks: Vec<_> = document.descendants().filter(|n| n.has_tag_name("animateTransform")).collect();
    assert_eq!(tracks.len(), 4);
    for track in tracks {
        assert_eq!(track.attribute("values").unwrap().split(';').count(), 251);
        assert_eq!(track.attribute("dur"), Some("10s"));
        assert_eq!(track.attribute("repeatCount"), Some("indefinite"));
    }
}

#[test]
fn a_still_viewer_sees_the_first_frame() {
    let tree = Tree::from_str(&film().svg().unwrap(), &Options::default()).unwrap();
    assert_eq!((tree.size().width(), tree.size().height()), (480.0, 280.0));
    let shapes = tree.root().children();
    // Ground, track, cart, pole, pin, mark.
    assert_eq!(shapes.len(), 6);
    let cart = shapes[2].abs_bounding_box();
    assert_eq!((cart.left(), cart.top(), cart.right(), cart.bottom()), (214.0, 148.0, 266.0, 172.0));
    // The pole hangs at 0: from the cart's middle downwards.
    let pole = shapes[3].abs_bounding_box();
    assert_eq!((pole.left(), pole.top(), pole.bottom()), (240.0, 160.0, 270.0));
}

#[test]
fn a_positive_angle_turns_counter_clockwise() {
    let quarter = [std::f64::consts::FRAC_PI_2; 2];
    let pole = Shape::line("pole", [0.0, 0.0], [0.0, 100.0]).stroke("#000000", 1.0).turn(quarter);
    let svg = Animation::new("", [200.0, 200.0], 1.0).shape(pole.at([50.0, 50.0])).svg().unwrap();
    let tree = Tree::from_str(&svg, &Options::default()).unwrap();
    let pole = tree.root().children()[0].abs_bounding_box();
    // From hanging, a quarter turn counter-clockwise points to the right.
    assert!((pole.right() - 150.0).abs() < 1e-3 && (pole.left() - 50.0).abs() < 1e-3, "{pole:?}");
}

#[test]
fn what_makes_no_film_is_refused() {
    let with = |shape: Shape| Animation::new("", [100.0, 100.0], 10.0).shape(shape).svg().unwrap_err();
    let dot = || Shape::circle("dot", [0.0, 0.0], 1.0);
    let of = |what: &str| format!("{what} of `dot`");
    let infinite = AnimationError::Number { of: of("place"), value: f64::INFINITY };
    assert_eq!(with(dot().moved([[0.0, f64::INFINITY], [0.0, 0.0]])), infinite);
    let nan = with(dot().turn([0.0, f64::NAN]));
    assert_eq!(nan.to_string(), "angle of `dot` is NaN");
    let unequal = AnimationError::Frames { shape: "dot".into(), found: 3, expected: 2 };
    assert_eq!(with(dot().moved([[0.0, 0.0]; 2]).turn([0.0; 3])), unequal);
    let single = AnimationError::Frames { shape: "dot".into(), found: 1, expected: 2 };
    assert_eq!(with(dot().turn([0.0])), single);
    for text in ["red\"/>", "#12345", "url(#x)"] {
        assert_eq!(with(dot().fill(text)), AnimationError::Text(text.into()));
        assert_eq!(with(Shape::path("dot", format!("M{text}"))), AnimationError::Text(format!("M{text}")));
    }
    for rate in [0.0, -1.0, f64::INFINITY] {
        let refused = Animation::new("", [1.0, 1.0], rate).svg().unwrap_err();
        assert_eq!(refused, AnimationError::Number { of: "rate".into(), value: rate });
    }
}

#[test]
fn a_reaching_line_has_its_first_end_when_nothing_moves() {
    let ends = [[30.0, -40.0], [0.0, 10.0]];
    let svg = Animation::new("", [100.0, 100.0], 1.0)
        .shape(Shape::reaching("arm", ends).stroke("#000000", 1.0).at([50.0, 50.0]))
        .svg()
        .unwrap();
    let arm = Tree::from_str(&svg, &Options::default()).unwrap().root().children()[0].abs_bounding_box();
    assert_eq!((arm.left(), arm.top(), arm.right(), arm.bottom()), (50.0, 10.0, 80.0, 50.0));
    let document = Document::parse(&svg).unwrap();
    let tracks = document.descendants().filter(|n| n.has_tag_name("animate"));
    let tracks: Vec<_> =
        tracks.map(|n| (n.attribute("attributeName").unwrap(), n.attribute("values").unwrap())).collect();
    assert_eq!(tracks, [("x2", "30;0"), ("y2", "-40;10")]);
}

/// The first box of the shape of this name: left, top, right, bottom.
fn found(film: &Animation, name: &str) -> [f32; 4] {
    let svg = film.svg().unwrap();
    let document = Document::parse(&svg).unwrap();
    let shapes: Vec<_> = document.root_element().children().filter(|n| n.has_tag_name("g")).collect();
    let titles = shapes.iter().map(|g| g.descendants().find(|n| n.has_tag_name("title")).unwrap().text().unwrap());
    let place = titles.into_iter().position(|title| title == name).unwrap();
    let tree = Tree::from_str(&svg, &Options::default()).unwrap();
    let shape = tree.root().children()[place].abs_bounding_box();
    [shape.left(), shape.top(), shape.right(), shape.bottom()]
}

#[test]
fn films_of_robots_show_them_as_they_are() {
    let pi = std::f64::consts::PI;
    // Upper link to the right, lower link up.
    let film = double_cart_pole("", &[[0.5, 0.0, pi / 2.0, pi], [0.0; 4]], [0.5, 1.0], 10.0, 1);
    let ([upper, lower], cart) = (["upper link", "lower link"].map(|name| found(&film, name)), found(&film, "cart"));
    let hub = 0.5 * (cart[0] + cart[2]);
    assert!((upper[0] - hub).abs() < 0.1 && (upper[2] - hub - 57.5).abs() < 0.1, "{upper:?}, {cart:?}");
    assert!((lower[0] - upper[2]).abs() < 0.1 && (lower[3] - lower[1] - 57.5).abs() < 0.1, "{lower:?}");

    // Half a metre up; turned to the left, the right propeller is above the left one.
    let flight = (&[[0.0, 0.5, 0.3], [1.0, 0.0, 0.0]][..], &[[1.0, 4.0]][..]);
    let film = planar_quadrotor("", flight, 0.15, ([0.5, 0.0], 0.2), 10.0, 0);
    let [left, right] = ["thrust on the left", "thrust on the right"].map(|name| found(&film, name));
    assert!(right[1] < left[1] && right[3] - right[1] > 3.9 * (left[3] - left[1]), "{left:?}, {right:?}");
    assert!(found(&film, "centre")[1] < found(&film, "not here")[1]);

    // Nose up by the sign of the pitch: R = Rz(yaw) Ry(pitch) Rx(roll) takes x to (cos pitch, 0, -sin pitch).
    let film = quadrotor("", &[[0.0, 0.0, 1.0, 0.0, -0.5, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]], 0.2, 10.0, 0);
    let (front, rear) = (found(&film, "front arm"), found(&film, "rear arm"));
    assert!(front[0] >= rear[2] - 0.1 && front[3] <= rear[1] + 0.1, "{front:?}, {rear:?}");
    let (shadow, centre) = (found(&film, "shadow"), found(&film, "centre"));
    assert!((0.5 * (shadow[1] + shadow[3] - centre[1] - centre[3]) - 110.0).abs() < 0.1, "{shadow:?}, {centre:?}");
}
