//! A [`Function`] as argmin sees it.

use std::vec::Vec;

use argmin::core::{CostFunction, Error, Gradient, Hessian};

use crate::test_functions::{Quadratic, times};
use crate::{Function, inspect};

/// Hands a [`Function`] to argmin: cost, gradient and Hessian, the derivatives exact to rounding.
#[derive(Clone, Copy, Debug)]
pub struct Smooth<T>(pub T);

impl<T: Function> CostFunction for Smooth<T> {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.0.value(x))
    }
}

impl<T: Function> Gradient for Smooth<T> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(inspect::gradient(&self.0, x).1)
    }
}

impl<T: Function> Hessian for Smooth<T> {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;
    fn hessian(&self, x: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        let (_, _, hessian) = inspect::hessian(&self.0, x);
        Ok(hessian.chunks(x.len().max(1)).map(<[f64]>::to_vec).collect())
    }
}

/// A quadratic knows its gradient, Hx: one product where the general way needs n/8 passes.
impl CostFunction for Quadratic {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.value(x))
    }
}

impl Gradient for Quadratic {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(times(&self.hessian, x))
    }
}

impl Hessian for Quadratic {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;
    fn hessian(&self, x: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        Ok(self.hessian.chunks(x.len().max(1)).map(<[f64]>::to_vec).collect())
    }
}
