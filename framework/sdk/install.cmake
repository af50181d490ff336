# What an author of plugins gets. The layout below the prefix is fixed, since the command looks for plugins and registry
# beside itself; nothing in it is an absolute path, so that the whole may be moved.
include(CMakePackageConfigHelpers)
set(package lib/cmake/Tandem)
install(TARGETS tandem EXPORT TandemTargets LIBRARY DESTINATION lib)
install(DIRECTORY include/tandem DESTINATION include FILES_MATCHING PATTERN *.hpp)
install(EXPORT TandemTargets NAMESPACE Tandem:: DESTINATION ${package})
write_basic_package_version_file(TandemConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES TandemConfig.cmake TandemPlugin.cmake plugin.map ${CMAKE_CURRENT_BINARY_DIR}/TandemConfigVersion.cmake
  DESTINATION ${package})
# The build tree is as good as an installation to those who build plugins against it.
set(beside ${PROJECT_BINARY_DIR}/lib/cmake/Tandem)
file(REMOVE_RECURSE ${beside})
file(MAKE_DIRECTORY ${beside})
foreach(file TandemConfig.cmake TandemPlugin.cmake plugin.map ${CMAKE_CURRENT_BINARY_DIR}/TandemConfigVersion.cmake)
  configure_file(${file} ${beside} COPYONLY)
endforeach()
list(JOIN TANDEM_ARITHMETIC " " arithmetic)
configure_file(tandem.pc.in tandem.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tandem.pc DESTINATION lib/pkgconfig)
