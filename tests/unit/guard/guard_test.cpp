#include <chrono>
#include <cstdio>
#include <immure/guard.hpp>
#include <gtest/gtest.h>
TEST(G,x){ auto t=std::chrono::steady_clock::now(); auto r=immure::guard::check(); auto d=std::chrono::steady_clock::now()-t;
 for(auto&f:r.finding) printf("%s %s %d/%d %s\n",immure_guard_state_name(f.state),immure::guard::to_text(f).c_str(),f.denied,f.tries,f.call);
 printf("%ld us\n",(long)std::chrono::duration_cast<std::chrono::microseconds>(d).count());}
