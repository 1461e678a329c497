"""Classification: labelled rows of every node, their stacked design matrices, and softmax regression on them."""
