# tandem_add_plugin(NAME ROLE SOURCE... [LIBRARIES LIBRARY...])
# Builds the plugin NAME of that role as <NAME>.so and writes its manifest <NAME>.json beside it, into the folder
# `plugins` of the build tree (or TANDEM_PLUGIN_DIRECTORY): `tandem --plugins build/plugins` finds both, and
# `cmake --install` puts them where an installed Tandem looks. The target is plugin-<NAME>. Tandem's own plugins are built
# by this too.
function(tandem_add_plugin name role)
  cmake_parse_arguments(PARSE_ARGV 2 plugin "" "" "LIBRARIES")
  set(roles source tokenizer model coder code decoder modem channel codec block metric trainer)
  if(NOT role IN_LIST roles)
    list(JOIN roles ", " roles)
    message(FATAL_ERROR "tandem_add_plugin(${name} ${role} ...): there is no role \"${role}\"; the roles are ${roles}")
  endif()
  set(folder ${CMAKE_BINARY_DIR}/plugins)
  if(TANDEM_PLUGIN_DIRECTORY)
    set(folder ${TANDEM_PLUGIN_DIRECTORY})
  endif()
  set(target plugin-${name})
  add_library(${target} MODULE ${plugin_UNPARSED_ARGUMENTS})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${folder}
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON INSTALL_RPATH $ORIGIN/../..)
  target_link_libraries(${target} PRIVATE Tandem::tandem ${plugin_LIBRARIES})
  # Without a build type CMake would not optimise at all: the plugin would be compared at a tenth of its speed.
  target_compile_options(${target} PRIVATE $<$<CONFIG:>:-O3>)
  set(exports ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  target_link_options(${target} PRIVATE -Wl,--build-id -Wl,--no-undefined -Wl,--version-script=${exports})
  # A changed tool writes the manifests again.
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS $<TARGET_FILE:Tandem::manifest> ${exports})
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
    COMMAND Tandem::manifest --role ${role} --name ${name} $<TARGET_FILE:${target}>)
  install(TARGETS ${target} LIBRARY DESTINATION lib/tandem/plugins)
  install(FILES $<TARGET_FILE_DIR:${target}>/${name}.json DESTINATION lib/tandem/plugins)
  set_property(GLOBAL APPEND PROPERTY TANDEM_PLUGINS ${target})
endfunction()
