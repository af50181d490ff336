# find_package(Tandem): the targets Tandem::tandem (the SDK), Tandem::manifest and Tandem::command, and
# tandem_add_plugin.
cmake_policy(VERSION 3.25)
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.74)  # headers alone: plugins show their descriptor through Boost.DLL
include(${CMAKE_CURRENT_LIST_DIR}/TandemTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/TandemPlugin.cmake)
