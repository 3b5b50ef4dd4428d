/* The search tree of elfutils, which the libelf.a of elfutils 0.192 calls and does not have (sourceware 32293). CMake
 * compiles this file only for such a libelf.a. In libelf, the tree's root is the tree's first member, and the tree is
 * used by one thread. */
/* tdestroy(3) is an extension of glibc. */
#define _GNU_SOURCE
#include <search.h>

void eu_search_tree_init(void** tree);
void eu_search_tree_fini(void** tree, void (*release)(void*));
void* eu_tsearch(const void* key, void** tree, int (*compare)(const void*, const void*));
void* eu_tfind(const void* key, void* const* tree, int (*compare)(const void*, const void*));
void* eu_tdelete(const void* key, void** tree, int (*compare)(const void*, const void*));
void eu_tdestroy(void** tree, void (*release)(void*));

void eu_search_tree_init(void** tree) { *tree = 0; }

void eu_tdestroy(void** tree, void (*release)(void*)) {
  tdestroy(*tree, release);
  *tree = 0;
}

void eu_search_tree_fini(void** tree, void (*release)(void*)) { eu_tdestroy(tree, release); }

void* eu_tsearch(const void* key, void** tree, int (*compare)(const void*, const void*)) {
  return tsearch(key, tree, compare);
}

void* eu_tfind(const void* key, void* const* tree, int (*compare)(const void*, const void*)) {
  return tfind(key, tree, compare);
}

void* eu_tdelete(const void* key, void** tree, int (*compare)(const void*, const void*)) {
  return tdelete(key, tree, compare);
}
