# tandem_add_plugin(NAME SOURCE... [LIBRARIES LIBRARY...])
# Builds <NAME>.so into the plugin folder and writes its manifest <NAME>.json beside it.
function(tandem_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 plugin "" "" "LIBRARIES")
  set(target plugin-${name})
  add_library(${target} MODULE ${plugin_UNPARSED_ARGUMENTS})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} 
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/tandem/plugins)
  target_link_libraries(${target} PRIVATE Tandem::tandem ${plugin_LIBRARIES})
  target_link_options(${target} PRIVATE -Wl,--build-id -Wl,--no-undefined -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  # A changed tool writes the manifests again.
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS $<TARGET_FILE:tandem-manifest>)
  add_custom_command(TARGET ${target} POST_BUILD COMMAND tandem-manifest $<TARGET_FILE:${target}> VERBATIM)
  add_dependencies(${target} tandem-manifest)
  set_property(GLOBAL APPEND PROPERTY TANDEM_PLUGINS ${target})
endfunction()
