"""How strong is it: mixture likelihood ratios, deconvolution, comparison, the simulator."""
