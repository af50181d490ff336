#pragma once

#include <string>
#include <vector>

#include "chart.hpp"
#include "run_folder.hpp"

namespace tandem::report {

/// Sentences as they came out of a run's arms, by sending its own frames again with the same noise.
struct Sentences {
  struct Received {
    std::string arm, text;
    bool as_sent = false;
    bool failed = false;  ///< then `text` says why there is none
  };
  struct At {
    std::string point;  ///< such as "unified SNR 2 dB"; empty where there is one point alone
    std::vector<Received> arms;
  };
  struct Frame {
    std::string sent;
    std::vector<At> points;
  };
  std::vector<Frame> frames;
  std::string left_out;  ///< why there are none
};

/// The first `count` frames at the lowest and the highest value of the chart's axis and where the arms differ most between
/// them. Other axes stand at their first value.
Sentences sentences_of(const Run& run, const Chart* chart, std::size_t count = 2);

}  // namespace tandem::report
