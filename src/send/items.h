// The items that hold several entries moved to where every reader of trees has them.
#pragma once

#include "tree/items.h"
