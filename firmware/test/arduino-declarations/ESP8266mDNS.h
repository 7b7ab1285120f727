// Declarations only: the announcement of <host name>.local.
#pragma once

class MDNSResponder {
 public:
  bool begin(const char* hostName);
  bool update();
  bool notifyAPChange();
};
extern MDNSResponder MDNS;
